"""Use cases, one file per thing a person or a timer asks for, and the adapters of the outside."""
