"""What a browser is given: a body and its motions as few bytes, the song, and the viewer that plays them."""
