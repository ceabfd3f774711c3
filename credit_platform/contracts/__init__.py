"""The vocabulary: frozen records that every layer shares, with no logic that needs a library."""
