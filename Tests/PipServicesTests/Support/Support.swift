import PipServices
import Testing
