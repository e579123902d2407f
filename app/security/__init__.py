"""Keys, sealing and the vault: the only user of keyring and cryptography."""
