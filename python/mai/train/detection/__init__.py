"""How a network learns boxes in photos: the recipe. It imports no other recipe."""
