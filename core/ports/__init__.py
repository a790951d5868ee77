"""What the outside must offer: one Protocol a file, at least two implementations each to come."""
