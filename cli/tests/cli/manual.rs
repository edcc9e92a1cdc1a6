//! Completions and man pages.

use crate::support::Environment;

#[tokio::test]
async fn completions_contain_operations_and_known_values() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Environment::default().run(&format!("talkable completions {shell}")).await.succeeded();
        assert!(script.contains("create-purchase") && script.contains("order-number"), "{shell}");
    }
    let script = Environment::default().run("talkable completions zsh").await.succeeded();
    assert!(script.contains("in_progress"), "the statuses of referrals are known values");
}

#[tokio::test]
async fn every_command_has_a_man_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("share/man1");
    let line = format!("talkable man {}", folder.display());
    assert_eq!(Environment::default().run(&line).await.exit, 0);
    for name in ["talkable.1", "talkable-people-find.1", "talkable-origins-create-purchase.1", "talkable-import.1"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
}
