"""What each ``credit-platform`` command does: calls the platform and prints the result."""
