"""Short micro-loans to repeat customers in two countries, funded by one or two lenders."""
