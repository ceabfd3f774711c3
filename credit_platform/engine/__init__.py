"""What batch, online and replay share: verified releases, the feature program, the forest and canonical numbers."""
