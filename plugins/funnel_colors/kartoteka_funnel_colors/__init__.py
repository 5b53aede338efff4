"""Ten colours of the client base, computed from facts by rules a business may change."""
