//! The command line of the program `conform`.

/// The parsed arguments.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Whether the files are requests.
    pub request: bool,
    /// The operationId, unchecked.
    pub operation: String,
    /// The paths of the files, at least one.
    pub files: Vec<String>,
}

/// The usage of the program.
pub const USAGE: &str = "usage: conform [--request] OPERATION FILE…

Checks that recorded responses of an operation (or, with --request, request bodies) match the bindings. OPERATION is an
operationId such as findPerson, or that of a webhook, such as reward. The FILE of a webhook is a form, a JSON delivery
with `type` and `payload`, or the JSON of the payload alone; its key is not verified. Prints a line for each file.
Exit status: 0 if all files decode and no value changes, 1 otherwise, 2 for wrong arguments.";

impl Arguments {
    /// Parses the arguments after the program's name.
    ///
    /// # Errors
    ///
    /// An argument is invalid or missing; the error is the message.
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
            return Err(format!("missing files of {operation}"));
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
        check("findPerson", Err("missing files of findPerson"));
        check("--fast findPerson a.json", Err("unknown option `--fast`"));
    }
}
