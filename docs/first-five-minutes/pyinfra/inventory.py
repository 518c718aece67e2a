web = [
    ("web-1", {"ssh_hostname": "192.0.2.11", "reboot_at": "04:00"}),
    ("web-2", {"ssh_hostname": "192.0.2.12", "reboot_at": "04:30"}),
]
