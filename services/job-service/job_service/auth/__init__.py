"""Authentication: the user pool, sign-ins, browser sessions and second factors."""
