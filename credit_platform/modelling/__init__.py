"""From a coded matrix to one additive model on the log-odds scale: splits, algorithms, ensembles, one folded forest."""
