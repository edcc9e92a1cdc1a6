//! Profiles: login, whoami, logout, and the sources of keys.

use std::fs;

use crate::support::{Environment, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn login_checks_the_key_and_stores_it_in_a_private_file() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::configured(folder.path());
    let login = format!("talkable login --site my-store --base-url {} --key-stdin", sandbox.url());
    let run = environment.clone().with_input("wrong-key-0123456789\n").run(&login).await;
    assert_eq!(run.exit, 3, "{}", run.errors);
    assert!(!folder.path().join("talkable/config.toml").exists());
    let run = environment.clone().with_input(&format!("{}\n", sandbox.api_key())).run(&login).await;
    assert_eq!((run.exit, run.output.as_str()), (0, ""), "{}", run.errors);
    let key_file = folder.path().join("talkable/keys/default");
    #[cfg(unix)]
    for path in [&key_file, &folder.path().join("talkable/config.toml")] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(path).expect("the file exists").permissions().mode() & 0o777, 0o600);
    }
    let email = environment.run("talkable people find jane@example.com --jq .person.email").await.succeeded();
    assert_eq!(email, "jane@example.com\n");
    let whoami = environment.run("talkable whoami --jq '.profile, .key_accepted'").await.succeeded();
    assert_eq!(whoami, "default\ntrue\n");
    let profiles = environment.run("talkable profiles -o csv --columns name,site,default").await.succeeded();
    assert_eq!(profiles, "name,site,default\ndefault,my-store,true\n");
    assert_eq!(environment.run("talkable logout").await.exit, 0);
    assert!(!key_file.exists());
    assert_eq!(environment.run("talkable whoami").await.exit, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_can_come_from_a_variable_or_a_command() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let mut environment = Environment::configured(folder.path());
    environment.set("SHOP_KEY", sandbox.api_key());
    let login = format!("talkable login --site my-store --base-url {}", sandbox.url());
    let line = format!("{login} --profile one --key-env SHOP_KEY");
    assert_eq!(environment.run(&line).await.exit, 0);
    let line = format!("{login} --profile two --key-command 'echo {}'", sandbox.api_key());
    assert_eq!(environment.run(&line).await.exit, 0);
    for profile in ["one", "two"] {
        let line = format!("talkable whoami --profile {profile} --jq .key_accepted");
        assert_eq!(environment.run(&line).await.succeeded(), "true\n");
    }
    let run = environment.run("talkable whoami --profile twoo").await;
    assert!(run.exit == 2 && run.errors.contains("a similar profile exists: `two`"), "{}", run.errors);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_others_can_read_is_rejected() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let (config, key) = (folder.path().join("talkable"), folder.path().join("key"));
    fs::create_dir(&config).expect("the folder can be created");
    fs::write(&key, "sesame-0123").expect("the key can be written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("the mode can be changed");
    let text = format!("default_profile = \"a\"\n[profiles.a]\nsite = \"s\"\nkey_file = \"{}\"\n", key.display());
    fs::write(config.join("config.toml"), text).expect("the configuration can be written");
    let run = Environment::configured(folder.path()).run("talkable whoami").await;
    assert!(run.exit == 2 && run.errors.contains("chmod 600"), "{}", run.errors);
    assert!(!run.errors.contains("sesame"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_profile_does_not_use_the_environment() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let mut environment = Environment::configured(folder.path()).with_input(sandbox.api_key());
    let login = format!("talkable login --site my-store --base-url {} --key-stdin", sandbox.url());
    assert_eq!(environment.run(&login).await.exit, 0);
    for (name, value) in [
        ("TALKABLE_API_KEY", "other-key-0123"),
        ("TALKABLE_SITE_SLUG", "other"),
        ("TALKABLE_BASE_URL", "http://127.0.0.1:1"),
    ] {
        environment.set(name, value);
    }
    let whoami = environment.run("talkable whoami --profile default --jq '.site, .key_accepted'").await.succeeded();
    assert_eq!(whoami, "my-store\ntrue\n");
}

#[tokio::test]
async fn a_site_in_the_environment_needs_a_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("talkable");
    fs::create_dir(&config).expect("the folder can be created");
    let text = "default_profile = \"live\"\n[profiles.live]\nsite = \"live\"\nkey_env = \"KEY\"\n";
    fs::write(config.join("config.toml"), text).expect("the configuration can be written");
    let line = "talkable people find jane@example.com --dry-run";
    let environment = Environment::configured(folder.path());
    for (name, value, expected) in [
        ("TALKABLE_SITE_SLUG", "other", "TALKABLE_SITE_SLUG is set, but TALKABLE_API_KEY is not"),
        ("TALKABLE_BASE_URL", "http://127.0.0.1:1", "TALKABLE_BASE_URL is set, but TALKABLE_API_KEY is not"),
        ("TALKABLE_API_KEY", "", "the variable TALKABLE_API_KEY is empty"),
    ] {
        let mut environment = environment.clone();
        environment.set(name, value);
        let run = environment.run(line).await;
        assert!(run.exit == 2 && run.errors.contains(expected), "{}", run.errors);
        let run = environment.run(&format!("{line} --profile live")).await.succeeded();
        assert!(run.contains("site_slug=live"), "{run}");
    }
}

#[tokio::test]
async fn the_table_of_profiles_shows_the_default_before_long_paths() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("talkable");
    fs::create_dir(&config).expect("the folder can be created");
    let path = "a".repeat(80);
    let text = format!("default_profile = \"a\"\n[profiles.a]\nsite = \"s\"\nkey_file = \"/{path}\"\n");
    fs::write(config.join("config.toml"), text).expect("the configuration can be written");
    let run = Environment::configured(folder.path()).on_terminal(60).run("talkable profiles").await;
    assert!(run.output.starts_with("SITE  NAME  DEFAULT"), "{}", run.output);
}
