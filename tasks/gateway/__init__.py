"""The ways out to other people's machines."""
