ssh_user = "debian"
domain = "www.example.org"
admins = {
    "ann": [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHGVdk8E2cSbKYs9OFlzm1CbkxbTzzlbtbdPqWfHpP0c ann@laptop"
    ],
    "bob": [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZb2TRD0oh6cHVLrKmkNh4KcHdrFcYUFSmMZ3gZvsQO bob@desk"
    ],
}
