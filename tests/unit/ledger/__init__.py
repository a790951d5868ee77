"""Unit tests of the ledger's group writer."""
