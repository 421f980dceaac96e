"""Redraft: language-model agents that draft, criticise, verify and redraft together."""
