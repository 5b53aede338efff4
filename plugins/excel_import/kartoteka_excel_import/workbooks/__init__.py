"""Ready workbooks that a business fills in: lists of clients of one segment."""
