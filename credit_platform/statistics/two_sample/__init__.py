"""Two samples of one column, one family of tests a file; the registry by kind of column is in ``registry``."""
