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
    assert!(run.errors.contains("run `talkable login` again with a key of site my-store"), "{}", run.errors);
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
    let run = environment.run("talkable logout").await;
    assert!(run.exit == 2 && run.errors.contains("the only profile is `default`"), "{}", run.errors);
    assert!(key_file.exists());
    assert_eq!(environment.run("talkable logout --profile default").await.exit, 0);
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
    let line = "talkable people find jane@example.com --dry-run";
    let environment = configure(folder.path(), "live", &["live"]);
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

/// Writes a configuration with these profiles, whose keys are in the variable `KEY`.
fn configure(folder: &std::path::Path, default: &str, names: &[&str]) -> Environment {
    let profiles: String =
        names.iter().map(|name| format!("[profiles.{name}]\nsite = \"{name}\"\nkey_env = \"KEY\"\n")).collect();
    let config = folder.join("talkable");
    fs::create_dir(&config).expect("the folder can be created");
    let text = format!("default_profile = \"{default}\"\n{profiles}");
    fs::write(config.join("config.toml"), text).expect("the configuration can be written");
    let mut environment = Environment::configured(folder);
    environment.set("KEY", "sesame-0123");
    environment
}

#[tokio::test]
async fn without_its_default_profile_the_configuration_waits_for_a_choice() {
    let folder = tempfile::tempdir().expect("a folder");
    let environment = configure(folder.path(), "live", &["live", "eu", "us"]);
    let run = environment.run("talkable logout --profile absent").await;
    assert!(run.exit == 2 && run.errors.contains("the profiles are `eu`, `live`, `us`"), "{}", run.errors);
    let run = environment.run("talkable logout --profile live").await;
    assert!(run.exit == 0 && run.errors.contains("no default profile is left"), "{}", run.errors);
    let run = environment.run("talkable people find jane@example.com").await;
    assert!(run.exit == 2 && run.errors.contains("there is no default profile"), "{}", run.errors);
    assert!(run.errors.contains("the profiles are `eu`, `us`"), "{}", run.errors);
    environment.run("talkable profiles --set-default eu").await.succeeded();
    let run = environment.run("talkable people find jane@example.com --dry-run").await.succeeded();
    assert!(run.contains("site_slug=eu"), "{run}");
}

#[tokio::test]
async fn the_source_of_a_wrong_setting_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let environment = configure(folder.path(), "live", &["live"]);
    let mut with_key = environment.clone();
    with_key.set("TALKABLE_API_KEY", "sesame-0123");
    let line = "talkable people find jane@example.com --dry-run";
    let run = with_key.run(line).await;
    assert!(
        run.errors.contains("the default profile `live` is not used, because TALKABLE_API_KEY is set"),
        "{}",
        run.errors
    );
    with_key.set("TALKABLE_SITE_SLUG", "other");
    for (url, expected) in [
        (
            "127.0.0.1:7400",
            "invalid TALKABLE_BASE_URL: 127.0.0.1:7400: not a URL\n |\n = help: write http://127.0.0.1:7400\n",
        ),
        (
            "shop.invalid",
            "invalid TALKABLE_BASE_URL: shop.invalid: not a URL\n |\n = help: write https://shop.invalid\n",
        ),
        ("http://shop.invalid", "invalid TALKABLE_BASE_URL: http://shop.invalid: plain http exposes"),
    ] {
        with_key.set("TALKABLE_BASE_URL", url);
        let run = with_key.run(line).await;
        assert!(run.exit == 2 && run.errors.contains(expected), "{}", run.errors);
    }
    for (options, expected) in [
        ("--site one --site two --site one", "`one` is given twice"),
        ("--site ''", "the slug is empty"),
        ("--profile live --site a --site a", "`a` is given twice"),
    ] {
        let run = environment.run(&format!("{line} {options}")).await;
        assert!(run.exit == 2 && run.errors.contains(expected), "{}", run.errors);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_unknown_unless_the_api_judges_it() {
    let sandbox = sandbox().await;
    let mut environment = Environment::of(&sandbox);
    let line = "talkable whoami --timeout 1 --jq .key_accepted";
    assert_eq!(environment.run(line).await.output, "true\n");
    environment.set("TALKABLE_BASE_URL", "http://127.0.0.1:1");
    assert_eq!(environment.run(line).await.output, "null\n");
    let table = environment.clone().on_terminal(80).run("talkable whoami --timeout 1").await;
    assert!(table.output.contains("key_accepted  unknown"), "{}", table.output);
    environment.set("TALKABLE_BASE_URL", sandbox.url());
    environment.set("TALKABLE_API_KEY", "wrong-key-0123456789");
    assert_eq!(environment.run(line).await.output, "false\n");
    environment.set("TALKABLE_API_KEY", sandbox.api_key());
    let run = environment.run(&format!("{line} --site nowhere")).await;
    assert_eq!(run.output, "null\n", "{}", run.errors);
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
    assert!(run.output.starts_with("NAME  SITE  DEFAULT"), "{}", run.output);
}
