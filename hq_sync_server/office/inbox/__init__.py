"""What did not fit and who must know: exceptions, parked entries, remedies, alerts."""
