"""Who people are: the user pool, sign-ins, sessions of browsers, second factors."""
