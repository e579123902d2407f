"""Page furniture that the documents share."""
