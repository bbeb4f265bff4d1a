"""The strategy and its plan: objectives and readings, actions and their effects, votes."""
