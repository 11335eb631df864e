//! PLAIN: the user and the password, as they are. Without TLS anybody on the way can read them.

/// The one message of the mechanism.
pub(super) fn message(user: &str, password: &str) -> Vec<u8> {
    format!("\0{user}\0{password}").into_bytes()
}

#[cfg(test)]
mod tests {
    #[test]
    fn message_is_user_and_password_behind_zeros() {
        assert_eq!(super::message("me", "pw"), b"\0me\0pw");
    }
}
