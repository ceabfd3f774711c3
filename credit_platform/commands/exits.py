"""What the exit code of a command means."""

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INCOMPLETE = 0, 1, 2, 3
"""Failed: a step failed, nothing below it changed. Incomplete: it ended, but a gate or a day was refused."""
