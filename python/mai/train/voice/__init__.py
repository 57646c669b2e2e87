"""How a network learns sounds: the recipe. It imports no other recipe."""
