"""The process: command line, settings, composition root, client, scheduler and logging."""
