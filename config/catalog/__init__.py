"""The SmarterOS services as data, and what becomes of an entry in one stack."""
