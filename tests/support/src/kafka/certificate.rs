//! Makes the certificate of a broker with the tool that comes with Java.

use std::path::Path;
use std::process::Command;

use super::Unavailable;
use super::settings::PASSWORD;

/// The certificate as clients read it, in the directory of the broker.
pub(super) const FILE: &str = "certificate.pem";

/// The certificate with its key as the broker reads them, in the same place.
pub(super) const KEY_STORE: &str = "key-store.p12";

/// Makes a certificate for the loopback address.
pub(super) fn make(directory: &Path) -> Result<(), Unavailable> {
    let key_store = directory.join(KEY_STORE);
    let of_store = |command: &mut Command| {
        command.arg("-keystore").arg(&key_store);
        command.args([
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-alias",
            "broker",
        ]);
    };
    let mut make = Command::new("keytool");
    make.args([
        "-genkeypair",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-validity",
        "30",
    ]);
    make.args([
        "-dname",
        "CN=broker",
        "-ext",
        "SAN=ip:127.0.0.1,dns:localhost",
    ]);
    of_store(&mut make);
    run(&mut make)?;
    let mut export = Command::new("keytool");
    export
        .args(["-exportcert", "-rfc", "-file"])
        .arg(directory.join(FILE));
    of_store(&mut export);
    run(&mut export)
}

fn run(command: &mut Command) -> Result<(), Unavailable> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(Unavailable::because(format!(
            "`keytool` made no certificate: {}",
            String::from_utf8_lossy(&output.stdout).trim()
        ))),
        Err(cause) => Err(Unavailable::because(format!(
            "cannot run `keytool`: {cause}"
        ))),
    }
}
