//! Reads the path arguments from the source of the generated methods.

use std::fs;

/// A generated method.
pub(crate) struct Method {
    pub(crate) operation: String,
    pub(crate) template: String,
    /// The path arguments, in the order in which they are passed.
    pub(crate) arguments: Vec<String>,
}

/// Returns the methods of all resources.
pub(crate) fn methods() -> Vec<Method> {
    let folder = talkable_tests::workspace().join("talkable-api/src/generated");
    let resources = fs::read_dir(folder).unwrap().filter_map(|entry| fs::read_dir(entry.unwrap().path()).ok());
    let files = resources.flatten().map(|file| file.unwrap().path());
    files.filter_map(|path| fs::read_to_string(path).ok()).flat_map(|source| read(&source)).collect()
}

/// Finds `static NAME: crate::operation::Operation = crate::operation::Operation::new("id", …, "/template")` and
/// `Call::enveloped(self.client, &NAME).segment(argument)`, regardless of line breaks.
fn read(source: &str) -> Vec<Method> {
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let mut methods = Vec::new();
    for declared in code.split("static").skip(1) {
        let Some((name, rest)) = declared.split_once(":crate::operation::Operation=crate::operation::Operation::new(")
        else {
            continue;
        };
        let mut texts = rest.split('"').skip(1).step_by(2);
        let (operation, template) = (texts.next().unwrap().to_owned(), texts.next().unwrap().to_owned());
        let Some((_, call)) = code.split_once(&format!(",&{name})")) else { continue };
        let call = call.split('}').next().unwrap();
        let arguments = call.split(".segment").skip(1);
        // The argument can be converted: `.segment(Into::<Metric>::into(metric))`.
        let argument = |text: &str| text.split(')').next()?.rsplit('(').next().map(str::to_owned);
        methods.push(Method { operation, template, arguments: arguments.filter_map(argument).collect() });
    }
    methods
}
