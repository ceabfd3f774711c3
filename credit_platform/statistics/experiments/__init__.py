"""Two arms of an experiment: was the split fair, is there an effect, and how small an effect could have been seen."""
