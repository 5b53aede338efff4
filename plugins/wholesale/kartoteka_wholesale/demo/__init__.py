"""The base of an invented wholesale firm: every word and every person in it is made up."""
