"""Credentials: whether a verifiable credential holds, and nothing of what it says.

SD-JWT VC with a Token Status List is checked here, signatures by joserfc. Zero-knowledge proofs
(BBS, anonymous credentials) are not: no verifier of them in Python is well kept today. A venue that
takes them checks them itself and hands in the state; see the table ``kyc_credentials``.
"""
