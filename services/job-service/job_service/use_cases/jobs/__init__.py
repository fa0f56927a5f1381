"""Jobs as users see them: ask for one, watch it, stop it, try it again."""
