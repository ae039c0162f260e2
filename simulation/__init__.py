"""A stand-in for Discord over real sockets and a simulated community."""
