"""`python -m bot` is `orchard`."""

from bot.cli import main

main()
