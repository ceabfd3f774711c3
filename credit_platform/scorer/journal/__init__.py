"""The scorer's side of the journal: group commit, and what an answer leaves in it."""
