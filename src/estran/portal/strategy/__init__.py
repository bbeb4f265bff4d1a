"""The approach: diagnostic, charter, vision, strategy, plan, votes, requests."""
