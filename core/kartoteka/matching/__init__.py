"""Which records mean the same client? Names, phones, addresses and keys compared with sense."""
