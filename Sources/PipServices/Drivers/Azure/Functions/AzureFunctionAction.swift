#if PIP_AZURE
/// An action of an Azure function (the toolkit's `AzureFunctionAction`), which callers select by its name in `cmd`.
public typealias AzureFunctionAction = HTTPFunctionAction
#endif
