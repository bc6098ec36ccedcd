#if PIP_AZURE
/// An action of a function of Azure (the toolkit's `AzureFunctionAction`): what callers name by `cmd`.
public typealias AzureFunctionAction = HTTPFunctionAction
#endif
