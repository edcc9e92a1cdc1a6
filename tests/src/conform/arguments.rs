//! Parses the command line of the `conform` program.

/// The parsed arguments.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Whether the files contain request bodies.
    pub request: bool,
    /// The given `operationId`, which might not exist.
    pub operation: String,
    /// The paths of the files. There is at least one.
    pub files: Vec<String>,
}

/// The usage message.
pub const USAGE: &str = "usage: conform [--request] OPERATION FILE…

Checks that recorded responses of an operation (or request bodies, with --request) match the bindings. OPERATION is
the operationId of an operation, such as findPerson, or of a webhook, such as reward. For a webhook, FILE contains a
form, a JSON delivery with `type` and `payload`, or only the JSON payload; its key is not verified. Prints a line per file.
Exit status: 0 if all files decode and no value changes, 1 if not, 2 if the arguments are invalid.";

impl Arguments {
    /// Parses the arguments that follow the program name.
    ///
    /// # Errors
    ///
    /// Returns a message if an argument is invalid or missing.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut request = false;
        let mut operands = Vec::new();
        let mut only_operands = false;
        for argument in arguments {
            match argument.as_str() {
                "--" if !only_operands => only_operands = true,
                "--request" if !only_operands => request = true,
                option if option.starts_with('-') && option != "-" && !only_operands => {
                    return Err(format!("unknown option `{option}`"));
                }
                _ => operands.push(argument),
            }
        }
        let mut operands = operands.into_iter();
        let operation = operands.next().ok_or("missing operation")?;
        let files: Vec<String> = operands.collect();
        if files.is_empty() {
            return Err(format!("missing files for {operation}"));
        }
        Ok(Self { request, operation, files })
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn check(line: &str, expected: Result<(bool, &str, &[&str]), &str>) {
        let parsed = Arguments::parse(line.split_whitespace().map(str::to_owned));
        let expected = expected
            .map(|(request, operation, files)| Arguments {
                request,
                operation: operation.to_owned(),
                files: files.iter().map(ToString::to_string).collect(),
            })
            .map_err(str::to_owned);
        assert_eq!(parsed, expected, "{line}");
    }

    #[test]
    fn parses_an_operation_and_files() {
        check("findPerson a.json b.json", Ok((false, "findPerson", &["a.json", "b.json"])));
        check("--request updatePerson a.json", Ok((true, "updatePerson", &["a.json"])));
        check("updatePerson a.json --request", Ok((true, "updatePerson", &["a.json"])));
        check("findPerson -- --request", Ok((false, "findPerson", &["--request"])));
        check("", Err("missing operation"));
        check("findPerson", Err("missing files for findPerson"));
        check("--fast findPerson a.json", Err("unknown option `--fast`"));
    }
}
