"""The workshop: a local page on which a room moves the levers and sees a place change."""
