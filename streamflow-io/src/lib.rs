//! Connectors of StreamFlow. Each system is one module behind a feature of the same name.
