"""pratique: an open digital travel-health certificate system."""
