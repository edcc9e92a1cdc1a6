//! The sandbox as a program: it prints where it listens, and serves until it is interrupted.

use std::error::Error;
use std::process::ExitCode;

use talkable_sandbox::Sandbox;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    println!("address  {}", sandbox.url());
    println!("key      {}", sandbox.api_key());
    println!("site     {}", sandbox.site_slug());
    tokio::signal::ctrl_c().await?;
    println!("answered {} requests", sandbox.answered());
    sandbox.stop().await;
    Ok(())
}
