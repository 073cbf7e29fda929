"""demandsim: an ageing place, citizen by citizen, under different ways of practising care."""
