"""A wholesale firm: shops and manufacturers as clients."""
