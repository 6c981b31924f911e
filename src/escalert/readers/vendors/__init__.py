"""Readers of the formats that vendors of telephony and speech recognition write, one module per format."""
