"""What a person reads: made from results, never running anything."""
