import { render } from './preact.ts'
import { followHistory, path } from './route.ts'

const page = document.getElementById('page')
followHistory()
if (page) render(<h1>Postern: {path}</h1>, page)
