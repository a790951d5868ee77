"""Facts and evidence in, drafts out."""
